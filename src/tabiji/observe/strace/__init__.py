"""What a running program did on the network, read from its system calls."""
