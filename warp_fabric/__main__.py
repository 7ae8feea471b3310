"""`python -m warp_fabric`: the same as `warp-fabric`."""

from warp_fabric.cli import main

if __name__ == "__main__":
    main()
