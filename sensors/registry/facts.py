"""The registry's facts about a device under the names that policies derive: `registry.<name>`."""

from sensors.registry.device import Device, Fact


def facts_of(device: Device) -> dict[str, Fact]:
    """Name → fact; what is not known is absent. Facts written at provisioning win."""
    place = device.place
    known: dict[str, Fact | None] = {
        "name": device.name or None,
        "accuracy_class": device.accuracy_class,
        "generation": device.sensor_generation or None,
        "placement": place.placement or None,
        "height": place.height_m,
        "position": place.position_m,
        "data_provider": device.owner,
        "simulated": False,
    }
    return {name: fact for name, fact in known.items() if fact is not None} | dict(device.facts)
