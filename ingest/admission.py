"""Who may send: an approved sensor within its term, with a policy that fits and its notice."""

import msgspec

from ingest.plan import Plan, make_plan
from ingest.policy.load import Policy
from ingest.policy.shelf import PolicyShelf
from ingest.ports import Sensor, SensorDirectory
from ingest.rules import Refusal, Rule
from kernel.times import Instant


class Allowance(msgspec.Struct):
    """A token bucket: how many messages a sensor may still send."""

    tokens: float
    filled_at_s: float


class Admission:
    """Finds the plan for a sender. Its refusals for strangers and the unapproved are the same.

    Args:
        rate_per_s, burst: token bucket of each sensor, on the monotonic clock.
    """

    def __init__(
        self, directory: SensorDirectory, policies: PolicyShelf, *, rate_per_s: float, burst: int
    ) -> None:
        self._directory = directory
        self._policies = policies
        self._rate_per_s = rate_per_s
        self._burst = burst
        self._plans: dict[tuple[str, str], Plan] = {}
        self._allowances: dict[tuple[str, str], Allowance] = {}

    def admit(self, api_key: str, device_id: str, now: Instant, monotonic_s: float) -> Plan:
        """The plan of a sender that may send now.

        Raises:
            Refusal: `sensor`, `policy_downgrade` or `rate`.
        """
        sensor = self._directory.by_key(api_key, device_id)
        if sensor is None or not sensor.approval.holds(now):
            raise Refusal(Rule.SENSOR)
        key = (sensor.tenant, device_id)  # a gate and its monitor may share a sensor id
        plan = self._plans.get(key)
        if plan is None or plan.sensor is not sensor:
            plan = self._plans[key] = self._bind(sensor, plan)
        if not is_announced(plan, now):
            raise Refusal(Rule.SENSOR)
        self._spend(key, monotonic_s)
        return plan

    def _bind(self, sensor: Sensor, before: Plan | None) -> Plan:
        policy = self._policies.find(sensor.policy, sensor.policy_version)
        if policy is None or not fits(policy, sensor):
            raise Refusal(Rule.SENSOR)
        if before is not None and _is_lower(policy, before.policy):
            raise Refusal(Rule.POLICY_DOWNGRADE)
        return make_plan(policy, sensor)

    def _spend(self, key: tuple[str, str], monotonic_s: float) -> None:
        allowance = self._allowances.get(key)
        if allowance is None:
            allowance = self._allowances[key] = Allowance(self._burst, monotonic_s)
        gained = (monotonic_s - allowance.filled_at_s) * self._rate_per_s
        allowance.tokens = min(self._burst, allowance.tokens + gained)
        allowance.filled_at_s = monotonic_s
        if allowance.tokens < 1:
            raise Refusal(Rule.RATE)
        allowance.tokens -= 1


def fits(policy: Policy, sensor: Sensor) -> bool:
    """Whether the policy is for this class, and a site bounds the pseudonyms that it makes."""
    classes = policy.file.applies_to.sensor_class
    if sensor.sensor_class and sensor.sensor_class not in classes:
        return False
    return bool(sensor.site) or not policy.file.ephemeral


def is_announced(plan: Plan, now: Instant) -> bool:
    """Whether the notice that the policy needs was published by now (§10)."""
    if not plan.policy.file.applies_to.notice_required:
        return True
    published = plan.sensor.notice_published
    return bool(plan.sensor.notice_url) and published is not None and published <= now


def _is_lower(policy: Policy, before: Policy) -> bool:
    return policy.ref.id == before.ref.id and policy.ref.version < before.ref.version
