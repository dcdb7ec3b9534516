"""`python -m bot WORDS` is `amends WORDS`; without words it serves."""

from bot.cli import main

main()
