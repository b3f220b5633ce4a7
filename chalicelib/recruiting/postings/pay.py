"""Pay of a posting, and the yearly salary that it amounts to."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from chalicelib.common.errors import InvalidField

MAX_AMOUNT = 1_000_000_000
PayPeriod = Literal["hour", "day", "week", "month", "year"]
CurrencyCode = Annotated[
    str, msgspec.Meta(pattern="^[A-Z]{3}$", description="A currency code (ISO 4217)")
]
Amount = (
    Annotated[int, msgspec.Meta(ge=0, le=MAX_AMOUNT)]
    | Annotated[float, msgspec.Meta(ge=0, le=MAX_AMOUNT)]
)
_MONTHS = 12


class Salary(msgspec.Struct, frozen=True):
    """A yearly salary range in whole units of a currency (ISO 4217)."""

    currency: CurrencyCode
    least: int
    most: int


class Pay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A range of pay for a period. Amounts have at most two decimals."""

    min: Amount
    max: Amount
    currency: CurrencyCode
    period: PayPeriod


def check_pay(pay: Pay) -> None:
    """Check the parts of a pay that its type does not.

    Raises:
        InvalidField: an amount or the currency is invalid.
    """
    for name, amount in (("min", pay.min), ("max", pay.max)):
        if round(amount, 2) != amount:
            raise InvalidField(f"pay.{name}", "Expected at most two decimals")
    if pay.min > pay.max:
        raise InvalidField("pay.max", "Expected an amount that is not below the minimum")
    # Imported here, because only members who write postings need them.
    from chalicelib.recruiting.postings.currencies import CURRENCIES

    if pay.currency not in CURRENCIES:
        raise InvalidField("pay.currency", "Expected the code of a currency (ISO 4217)")


def yearly_salary(pay: Pay | None) -> Salary | None:
    """Return the yearly salary of a pay by the year or the month, otherwise None.

    A pay by the hour, day or week is not converted, because the posting does not say how many of
    them a year has.
    """
    if pay is None or pay.period not in ("month", "year"):
        return None
    times = _MONTHS if pay.period == "month" else 1
    return Salary(pay.currency, round(pay.min * times), round(pay.max * times))
