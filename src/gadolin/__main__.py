"""`python -m gadolin` is the `gadolin` command."""

from gadolin.cli.main import main

if __name__ == "__main__":
    main()
