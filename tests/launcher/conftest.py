"""The launcher as a process of its own, with everything it starts."""

from collections.abc import Iterator

import pytest

from tests.e2e.stack import short_folder
from tests.launcher.launched import Launched, launched


@pytest.fixture
def wallet() -> Iterator[Launched]:
    """Nothing runs yet: ``start`` it."""
    with short_folder() as folder, launched(folder) as made:
        yield made
