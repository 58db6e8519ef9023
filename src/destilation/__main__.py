"""`python -m destilation`."""

from destilation.cli import main

if __name__ == "__main__":
    main()
