"""``python -m service`` is ``photocode``."""

from service.cli import main

main()
