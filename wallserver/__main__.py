"""`python -m wallserver` is the command `wallserver`: the supervisor starts the roles this way."""

from wallserver.cli import app

if __name__ == "__main__":
    app()
