"""Marked tests need a program: without it they are skipped with the reason, or fail where all is required."""

import os
import shutil

import pytest
from hypothesis import settings

# no test judges speed (benchmarks do): a slow machine must not fail a property
settings.register_profile("gadolin", deadline=None)
settings.load_profile("gadolin")

NEEDS = {"browser": "/usr/bin/chromium", "office": "soffice"}


def pytest_runtest_setup(item):
    for mark, program in NEEDS.items():
        if item.get_closest_marker(mark) and not shutil.which(program):
            if os.environ.get("GADOLIN_REQUIRE_ALL") == "1":
                pytest.fail(f"{program} is not installed, and GADOLIN_REQUIRE_ALL=1", pytrace=False)
            pytest.skip(f"{program} is not installed")


@pytest.fixture(scope="session")
def chromium():
    """One Chromium for all tests of a worker."""
    from playwright.sync_api import sync_playwright

    quiet = ("gpu", "background-networking", "component-update", "sync")
    arguments = ["--no-sandbox", "--no-first-run", *(f"--disable-{word}" for word in quiet)]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=NEEDS["browser"], args=arguments)
        yield browser
        browser.close()
