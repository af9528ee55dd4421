"""The commands. One file per room, found by listing this folder; messages and exit codes live in `main` alone."""
