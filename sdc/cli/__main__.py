"""Run the command as a module: `python -m sdc.cli`."""

from sdc.cli import main

if __name__ == "__main__":
    main(prog_name="sdc")
