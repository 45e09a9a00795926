"""The device registry of this process."""

from dataclasses import dataclass
from functools import partial

from city.binding.directory import SensorsOfRegistry
from city.parts import Parts
from city.repeating import every
from sensors.registry.api import RegistryApi
from sensors.registry.directory import Directory
from sensors.registry.service import DeviceRegistry
from serving.app import Surface

_REFRESH_S = 2.0
"""How late another process's change to the registry is seen."""


@dataclass(frozen=True)
class RegistryRoom:
    """The registry, its copy in memory, and what it serves."""

    registry: DeviceRegistry
    directory: Directory
    sensors: SensorsOfRegistry
    surface: Surface


async def open_registry(parts: Parts) -> RegistryRoom:
    """Read the registry into memory and keep the copy fresh."""
    devices = parts.stores.devices
    directory = Directory(devices)
    await directory.refresh()
    parts.tasks.keep("registry refresh", partial(every, _REFRESH_S, directory.refresh))
    registry = DeviceRegistry(store=devices, directory=directory, clock=parts.clock, ids=parts.ids)
    return RegistryRoom(
        registry, directory, SensorsOfRegistry(directory), RegistryApi(registry).surface()
    )
