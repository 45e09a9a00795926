"""What a reader sees of a count, until the release gate stands (deidentification.md §9)."""

from dashboard.figures.trust import Profile

THRESHOLD = 10
ROUND_TO = 5


def released(count: float, profile: Profile) -> float | None:
    """The count as the profile shows it; None when it is suppressed, shown as `<10`.

    For the public zero and few are the same.
    """
    if profile is Profile.CITY:
        return count
    return None if count < THRESHOLD else float(ROUND_TO * round(count / ROUND_TO))


def profile_for(*, is_staff: bool, is_simulated: bool) -> Profile:
    """Staff see counts as stored, and so does everybody where no person stands behind them."""
    return Profile.CITY if is_staff or is_simulated else Profile.PUBLIC
