import asyncio

import pytest
from support.accounts import ISSUER, KeptMail

from kernel.errors import UnavailableError
from oauth.accounts.letters import Letter, Letters, Occasion
from oauth.accounts.post import Post
from oauth.model.texts import Language
from serving.tasks import Supervisor

TOKEN = "T" * 43
WITH_LINK = {Occasion.VERIFY, Occasion.CHANGE_EMAIL, Occasion.RECOVER}
LETTER = Letter("subject", "text", Language.JA)


@pytest.mark.parametrize("occasion", Occasion)
@pytest.mark.parametrize("language", Language)
def test_every_letter_exists_in_both_languages_and_has_no_hole_left(
    occasion: Occasion, language: Language
) -> None:
    letter = Letters(ISSUER, link_ttl_s=1_800).write(
        occasion, language, token=TOKEN if occasion in WITH_LINK else ""
    )
    assert letter.language is language
    assert letter.subject
    assert "{" not in letter.subject + letter.text
    assert (f"?token={TOKEN}" in letter.text) == (occasion in WITH_LINK)
    if occasion in WITH_LINK:
        assert "30" in letter.text
    assert letter.text.isascii() == (language is Language.EN)


def test_links_lead_to_the_issuer_whatever_ends_its_address() -> None:
    one, other = (Letters(issuer, link_ttl_s=60) for issuer in (ISSUER, f"{ISSUER}/"))
    written = one.write(Occasion.VERIFY, Language.EN, token=TOKEN)
    assert written == other.write(Occasion.VERIFY, Language.EN, token=TOKEN)
    assert f"\n{ISSUER}/account/verify?token={TOKEN}\n" in written.text


def test_a_letter_does_not_print() -> None:
    letter = Letters(ISSUER, link_ttl_s=60).write(Occasion.VERIFY, Language.EN, token=TOKEN)
    assert TOKEN not in f"{letter!r} {letter}"


async def test_errands_run_under_a_supervisor_and_one_that_fails_stops_no_other() -> None:
    mail, done = KeptMail(), asyncio.Event()
    post = Post(mail, pauses_s=())

    async def fail() -> None:
        raise RuntimeError("of this errand alone")

    async def succeed() -> None:
        done.set()

    async with Supervisor() as supervisor:
        supervisor.keep("mail", post.run)
        for _ in range(8):
            post.put(fail)
        post.send("hanako@example.jp", LETTER)
        post.put(succeed)
        async with asyncio.timeout(10):
            await done.wait()
    await post.flush()
    assert [one.to for one in mail.sent] == ["hanako@example.jp"]


async def test_a_full_queue_refuses_instead_of_growing() -> None:
    post = Post(KeptMail(), waiting=2)
    post.send("a@example.jp", LETTER)
    post.send("b@example.jp", LETTER)
    with pytest.raises(UnavailableError):
        post.send("c@example.jp", LETTER)


async def test_a_letter_about_what_was_done_is_given_up_where_too_much_waits() -> None:
    mail = KeptMail()
    post = Post(mail, waiting=1)
    post.check_room()
    post.tell("a@example.jp", LETTER)
    post.tell("b@example.jp", LETTER)
    with pytest.raises(UnavailableError):
        post.check_room()
    await post.flush()
    assert [one.to for one in mail.sent] == ["a@example.jp"]
