"""One request's circumstances: who asks, in which tenant, and under which correlator."""

from dataclasses import dataclass, field

from kernel.errors import ForbiddenError
from kernel.permission import Principal


@dataclass(frozen=True, slots=True)
class Call:
    """What every operation of the broker is told about its caller.

    Attributes:
        principal: who asks.
        tenant: `Fiware-Service` / `NGSILD-Tenant`; empty is the default tenant.
        service_path: `Fiware-ServicePath` as it was sent; empty if it was not. Each face turns it
            into conditions and keys; notifications carry it.
        correlator: the request's `Fiware-Correlator`.
        remarks: what the caller is to be told beside the answer, such as that a context provider
            fails; operations add to it.
    """

    principal: Principal
    tenant: str = ""
    service_path: str = ""
    correlator: str = ""
    remarks: list[str] = field(default_factory=list, compare=False)

    def check_tenant(self) -> None:
        """Refuse a tenant that the caller's credentials do not name.

        Raises:
            ForbiddenError: another tenant.
        """
        tenants = self.principal.tenants
        if tenants is not None and self.tenant not in tenants:
            raise ForbiddenError("These credentials are not for this tenant")
