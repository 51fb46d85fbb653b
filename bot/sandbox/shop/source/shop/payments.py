"""The payment provider, which is somebody else's machine: slow, and now and then not there."""

import asyncio
import math
import random

ANSWER_SECONDS_MEDIAN = 0.35
ANSWER_SPREAD = 0.2
DECLINED_SHARE = 0.02
LOST_SHARE = 0.005


class PaymentDeclinedError(Exception):
    """The customer's bank said no."""


class PaymentLostError(Exception):
    """The provider did not answer; nothing was charged."""


class Payments:
    async def charge(self, total_cents: int) -> str:
        """Charges the customer and returns the provider's receipt."""
        await asyncio.sleep(random.lognormvariate(math.log(ANSWER_SECONDS_MEDIAN), ANSWER_SPREAD))
        luck = random.random()  # noqa: S311 - luck, no secret
        if luck < DECLINED_SHARE:
            raise PaymentDeclinedError
        if luck < DECLINED_SHARE + LOST_SHARE:
            raise PaymentLostError
        return f"paid-{total_cents}"
