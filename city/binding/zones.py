"""The simulated walkway's zones → entities."""

from broker.core.writes import Action, Write
from broker.service.broker import Broker
from broker.service.call import Call
from broker.v2.decode.entities import decode_entity
from city.binding.principals import INTAKE
from sensors.simulation.zones import walkway_entities


async def write_zones(broker: Broker) -> None:
    """Write the zones; those that are there already and equal stay as they are."""
    drafts = [decode_entity(document, key_values=False) for document in walkway_entities()]
    writes = [
        Write(
            Action.APPEND,
            draft.id,
            draft.type,
            attributes=draft.attributes,
            skip_equal=True,
        )
        for draft in drafts
    ]
    await broker.write(Call(INTAKE), writes)
