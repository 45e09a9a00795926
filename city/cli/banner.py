"""What the demo says when the city runs."""

from dataclasses import dataclass
from pathlib import Path

from city.cli.language import say
from city.cli.talking import TOKEN_FILE
from city.simulated import Trial
from kernel.times import Instant, render_millis

_READING = '{"towards": 12, "away": 9, "state": "open", "mac": "02:00:5e:10:00:01"}'
_LIST = "/v2/entities?type=CrowdFlowObserved&options=keyValues&attrs=peopleCount,operatingState"


@dataclass(frozen=True)
class Welcome:
    """What the banner tells.

    Attributes:
        trial: a device for whoever wants to try the doors by hand.
        service: where a member company's service runs, or "".
        moved_to: the time of the simulated world, where it does not live at ours since the walkway
            would be closed.
    """

    base_url: str
    host: str
    mqtt_port: int
    data_dir: Path
    token: str
    trial: Trial
    moved_to: Instant | None
    service: str = ""


def banner(welcome: Welcome) -> str:
    """The whole text."""
    return "\n".join(["", *_heading(), "", *_doors(welcome), "", *_try_next(welcome), ""])


def _heading() -> list[str]:
    running = say("a simulated city is running", "模擬都市が動いています")
    stop = say("Ctrl-C stops it", "Ctrl-C で終了")
    return [f"  Odori 大通: {running} ({stop})"]


def _doors(welcome: Welcome) -> list[str]:
    url = welcome.base_url
    rows = [
        (say("Board", "画面"), f"{url}/    {url}/flow"),
        ("NGSI-v2", f"{url}/v2/entities"),
        ("NGSI-LD", f"{url}/ngsi-ld/v1/entities?type=CrowdFlowObserved"),
        ("MQTT", f"{welcome.host}:{welcome.mqtt_port}"),
        (say("Your ID", "利用者ID"), f"{url}/account    {url}/staff"),
        *([(say("Service", "サービス"), welcome.service)] if welcome.service else []),
        (say("Data", "データ"), str(welcome.data_dir)),
        (say("Token", "トークン"), f"{welcome.token}  (DEMO; {welcome.data_dir}/{TOKEN_FILE})"),
        (
            say("Reach", "公開範囲"),
            say(
                f"{welcome.host} only, no token asked. For the network: odori serve --host 0.0.0.0",
                f"{welcome.host} のみ、認証なし。公開するには: odori serve --host 0.0.0.0",
            ),
        ),
    ]
    if welcome.moved_to is not None:
        when = render_millis(welcome.moved_to)
        text = say(
            f"{when}: at this hour the walkway is closed, so the city lives at another",
            f"{when}(この時刻は閉鎖中のため)",
        )
        rows.append((say("Its time", "模擬時刻"), text))
    return [f"  {name:<9} {text}" for name, text in rows]


def _try_next(welcome: Welcome) -> list[str]:
    url, trial = welcome.base_url, welcome.trial
    topic = f"/json/{trial.key}/{trial.device}/attrs"
    mqtt = f"mosquitto_pub -h {welcome.host} -p {welcome.mqtt_port} -q 1"
    entity = f"urn:ngsi-ld:CrowdFlowObserved:{trial.device}"
    return [
        f"  {say('Try next', '次にすること')}",
        "",
        f"    curl '{url}{_LIST}'",
        "",
        say(
            "    # a reading with an address in it: only the counts come out",
            "    # MAC アドレス入りの計測値: 人数だけが残る",
        ),
        f"    {mqtt} -t '{topic}' -m '{_READING}'",
        f"    curl '{url}/v2/entities/{entity}?options=keyValues'",
        *_log_in(welcome),
    ]


def _log_in(welcome: Welcome) -> list[str]:
    if not welcome.service:
        return []
    return [
        "",
        say(
            f"    # register at {welcome.base_url}/account/register (mail is printed here), then\n"
            f"    # log in at {welcome.service}, choose what it may know, withdraw, fetch again",
            f"    # {welcome.base_url}/account/register で登録(メールはここに表示)し、\n"
            f"    # {welcome.service} でログイン、提供項目を選び、撤回して再取得してみる",
        ),
    ]
