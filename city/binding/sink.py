"""Intake → broker in the same process: sealed observations become writes of one commit."""

from collections.abc import Sequence
from typing import Final, assert_never

from broker.core.writes import Action, Applied, Write
from broker.model.attribute import Attribute, Kind
from broker.service.broker import Broker
from broker.service.call import Call
from city.binding.principals import INTAKE
from ingest.observation import Attribute as Observed
from ingest.observation import (
    BoundedNumber,
    BucketTime,
    CodeValue,
    EnumMember,
    Form,
    Nothing,
    Observation,
    RegistryValue,
    Truth,
    Value,
)
from ingest.seal import Deidentified
from kernel.errors import OurError
from kernel.times import Instant, render_millis

_PROPERTY: Final = Kind.PROPERTY  # of nearly every value; a look-up in an enum takes longer
_KINDS: Final = {Form.REFERENCE: Kind.RELATIONSHIP, Form.LOCATION: Kind.GEO}


class BrokerSink:
    """Implements `ingest.ports.ObservationSink` on the broker of this process."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def put(self, batch: Sequence[Deidentified]) -> None:
        """Commit the batch, one transaction per tenant.

        Raises:
            TypeError: something that intake did not seal; types forbid it, this is the last check.
        """
        by_tenant: dict[str, list[Write]] = {}
        for sealed in batch:
            if type(sealed) is not Deidentified:
                raise TypeError("Only sealed observations enter the city database")
            observation = sealed.observation
            by_tenant.setdefault(observation.tenant, []).append(write_of(observation))
        for tenant, writes in by_tenant.items():
            outcomes = await self._broker.write(Call(INTAKE, tenant), writes)
            if not all(isinstance(outcome, Applied) for outcome in outcomes):
                raise OurError("The broker refused an observation of the intake")


def write_of(observation: Observation) -> Write:
    """The write that an observation stands for; a repeated one changes nothing."""
    return Write(
        Action.APPEND,
        observation.entity_id,
        observation.type,
        observation.service_path,
        {one.name: (attribute_of(one),) for one in observation.attributes},
        skip_equal=True,
    )


def attribute_of(observed: Observed) -> Attribute:
    """The broker's attribute for what intake observed."""
    value, kind, v2_type = _spelled(observed.value)
    return Attribute(
        value,
        kind,
        v2_type,
        unit_code=observed.unit_code,
        observed_at=observed.observed_at,
    )


def _spelled(value: Value) -> tuple[object, Kind, str]:
    """Value, kind and NGSI-v2 type."""
    match value:
        case BucketTime(value=instant):
            return render_millis(Instant(instant)), _PROPERTY, "DateTime"
        case RegistryValue(value=known, form=form):
            return known, _KINDS.get(form, _PROPERTY), ""
        case Nothing():
            return None, _PROPERTY, ""
        case EnumMember() | BoundedNumber() | Truth() | CodeValue():
            return value.value, _PROPERTY, ""
        case _:
            assert_never(value)
