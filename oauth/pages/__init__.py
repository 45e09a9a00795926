"""The citizen's pages: account, profile, 各サービスでのデータ利用, login, consent. No script."""
