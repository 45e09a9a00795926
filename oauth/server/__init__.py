"""The authorization server: OAuth 2.1 and OpenID Connect, a pure protocol and a thin shell."""
