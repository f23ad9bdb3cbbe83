"""The parts of the store, one by one."""
