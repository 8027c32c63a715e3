"""Which version of the product this is."""

from importlib.metadata import PackageNotFoundError, version


def product_version() -> str:
    """The installed version; "0" in a checkout that was not installed."""
    try:
        return version("conduct-monitor")
    except PackageNotFoundError:
        return "0"
