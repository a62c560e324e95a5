"""Runs rollproof as `python -m rollproof`."""

from rollproof.cli import main

main()
