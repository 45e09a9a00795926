from support.oauth_server import MASTER, ServerWorld, Talk

from oauth.model.kinds import CLIENTS, SUBJECTS
from oauth.sealing.master import MasterKey
from oauth.server.subjects import Subjects


async def test_check_43_a_person_has_another_id_at_every_company_and_the_same_at_one(
    world: ServerWorld, talk: Talk
) -> None:
    cookie = await world.sign_in()
    subs = [
        (await talk.userinfo((await talk.tokens(cookie, client))["access_token"])).json["sub"]
        for client in ("app", "other", "app", "other")
    ]
    assert subs[0] == subs[2] != subs[1] == subs[3]
    assert all(len(one) == 43 and "person" not in one for one in subs)


async def test_check_43_two_services_of_one_company_share_the_id(world: ServerWorld) -> None:
    await world.member("second", "books")
    clients = [await world.value(CLIENTS, name) for name in ("other", "second")]
    assert len({await world.subjects.sub(one, "person") for one in clients}) == 1


async def test_an_id_leads_back_to_the_account_at_its_own_company_alone(
    world: ServerWorld,
) -> None:
    app, other = [await world.value(CLIENTS, name) for name in ("app", "other")]
    sub = await world.subjects.sub(app, "person")
    assert await world.subjects.account(app, sub) == "person"
    assert await world.subjects.account(other, sub) is None
    assert await world.subjects.account(app, "x") is None


async def test_an_id_that_was_issued_stays_when_the_key_changes(world: ServerWorld) -> None:
    app = await world.value(CLIENTS, "app")
    sub = await world.subjects.sub(app, "person")
    changed = Subjects(vault=world.vault, master=MasterKey(bytes(32)))
    assert await changed.sub(app, "person") == sub
    assert await changed.sub(app, "child") != await Subjects(
        vault=ServerWorld().vault, master=MASTER
    ).sub(app, "child")


async def test_of_two_that_make_an_id_at_once_one_wins(world: ServerWorld) -> None:
    app = await world.value(CLIENTS, "app")
    slower = Subjects(vault=world.vault, master=MasterKey(bytes(32)))

    async def first() -> None:
        await world.subjects.sub(app, "person")

    world.memory.meanwhile = first
    sub = await slower.sub(app, "person")
    assert sub == await world.subjects.sub(app, "person")
    assert len(await world.vault.shelf(SUBJECTS).all()) == 1
