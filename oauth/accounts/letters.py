"""What is mailed to a person, in Japanese and English. No letter names what is in the account."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import quote

from oauth.model.texts import Bilingual, Language

VERIFY_PATH: Final = "/account/verify"
RECOVER_PATH: Final = "/account/recover"


class Occasion(StrEnum):
    """Why a letter is written."""

    VERIFY = "verify"
    CHANGE_EMAIL = "change-email"
    RECOVER = "recover"
    TRIED = "tried"  # somebody registered, or moved, to an address that has an account
    EMAIL_CHANGED = "email-changed"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 — the name of an occasion
    ERASED = "erased"


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """A message to one address, ready to send. It does not print: it may hold a link."""

    subject: str
    text: str
    language: Language


class Letters:
    """Writes letters whose links lead to the issuer's pages.

    Links open a page with a button; following one uses nothing, since mail scanners follow links.
    """

    def __init__(self, issuer: str, *, link_ttl_s: int) -> None:
        self._issuer = issuer.rstrip("/")
        self._minutes = str(max(link_ttl_s // 60, 1))

    def write(self, occasion: Occasion, language: Language, *, token: str = "") -> Letter:
        """The letter of an occasion; `token` is the secret of its link, where it has one."""
        link = f"{self._issuer}{_PATHS.get(occasion, '/account')}"
        if token:
            link = f"{link}?token={quote(token, safe='')}"
        text = _TEXTS[occasion][language].format(link=link, minutes=self._minutes)
        return Letter(_SUBJECTS[occasion][language], f"{text}\n\n{_FOOTER[language]}\n", language)


_PATHS: Final = {
    Occasion.VERIFY: VERIFY_PATH,
    Occasion.CHANGE_EMAIL: VERIFY_PATH,
    Occasion.RECOVER: RECOVER_PATH,
    Occasion.TRIED: RECOVER_PATH,
    Occasion.EMAIL_CHANGED: RECOVER_PATH,
    Occasion.PASSWORD_CHANGED: RECOVER_PATH,
}

_FOOTER: Final = Bilingual(
    ja="--\n札幌都心版データプラットフォーム ID\nこのメールは送信専用です。",
    en="--\nSapporo Data Platform ID\nNobody reads replies to this message.",
)

_SUBJECTS: Final = {
    Occasion.VERIFY: Bilingual(ja="メールアドレスの確認", en="Confirm your e-mail address"),
    Occasion.CHANGE_EMAIL: Bilingual(
        ja="新しいメールアドレスの確認", en="Confirm your new e-mail address"
    ),
    Occasion.RECOVER: Bilingual(ja="パスワードの再設定", en="Set a new password"),
    Occasion.TRIED: Bilingual(
        ja="このメールアドレスは登録済みです", en="This address has an ID already"
    ),
    Occasion.EMAIL_CHANGED: Bilingual(
        ja="メールアドレスが変更されました", en="Your e-mail address was changed"
    ),
    Occasion.PASSWORD_CHANGED: Bilingual(
        ja="パスワードが変更されました", en="Your password was changed"
    ),
    Occasion.ERASED: Bilingual(ja="IDを削除しました", en="Your ID was erased"),
}

_TEXTS: Final = {
    Occasion.VERIFY: Bilingual(
        ja="""IDの登録を受け付けました。
次のページを開き、ボタンを押してメールアドレスを確認してください。

{link}

リンクの有効期間は{minutes}分で、一度だけ使えます。
登録した覚えがない場合は、このメールを破棄してください。""",
        en="""An ID was registered with this address.
Open this page and press the button to confirm the address:

{link}

The link is good for {minutes} minutes and can be used once.
If it was not you who registered, ignore this message.""",
    ),
    Occasion.CHANGE_EMAIL: Bilingual(
        ja="""このメールアドレスをIDの新しい連絡先にする手続きを受け付けました。
次のページを開き、ボタンを押すと変更されます。それまでは以前のアドレスのままです。

{link}

リンクの有効期間は{minutes}分で、一度だけ使えます。
心当たりがない場合は、このメールを破棄してください。""",
        en="""Somebody asked to make this the e-mail address of their ID.
Open this page and press the button to do so; until then the old address stays:

{link}

The link is good for {minutes} minutes and can be used once.
If it was not you, ignore this message.""",
    ),
    Occasion.RECOVER: Bilingual(
        ja="""パスワードの再設定を受け付けました。
次のページで新しいパスワードを入力してください。

{link}

リンクの有効期間は{minutes}分で、一度だけ使えます。
再設定すると、すべてのブラウザーからログアウトされます。
心当たりがない場合は、何もする必要はありません。パスワードは変わりません。""",
        en="""Somebody asked for a new password for this ID.
Enter it on this page:

{link}

The link is good for {minutes} minutes and can be used once.
A new password signs you out of every browser.
If it was not you, you need not do anything: the password stays as it is.""",
    ),
    Occasion.TRIED: Bilingual(
        ja="""このメールアドレスを使ってIDを登録しようとした人がいますが、すでに登録されています。
ご本人の場合は、そのままログインしてください。パスワードを忘れたときは、こちらから再設定できます。

{link}

ご本人でない場合は、何もする必要はありません。""",
        en="""Somebody tried to use this address for an ID, but it has one already.
If it was you, just sign in. If you have forgotten the password, set a new one here:

{link}

If it was not you, you need not do anything.""",
    ),
    Occasion.EMAIL_CHANGED: Bilingual(
        ja="""IDのメールアドレスが、このアドレスから別のアドレスに変更されました。
心当たりがない場合は、すぐに窓口へお知らせください。""",
        en="""The e-mail address of your ID is no longer this one.
If it was not you who changed it, tell the contact desk at once.""",
    ),
    Occasion.PASSWORD_CHANGED: Bilingual(
        ja="""IDのパスワードが変更され、すべてのブラウザーからログアウトされました。
心当たりがない場合は、すぐに再設定してください。

{link}""",
        en="""The password of your ID was changed, and every browser was signed out.
If it was not you, set a new one at once:

{link}""",
    ),
    Occasion.ERASED: Bilingual(
        ja="""IDと登録データを削除しました。データの鍵は破棄され、元に戻すことはできません。
提供先の企業に渡ったデータについては、各企業にお問い合わせください。
法令で定められた提供記録だけが、期限まで保管されます。""",
        en="""Your ID and its data are erased. Their key is destroyed; nobody can bring them back.
About data that companies have received already, ask these companies.
Only the records of provision that the law demands are kept until their time is over.""",
    ),
}
