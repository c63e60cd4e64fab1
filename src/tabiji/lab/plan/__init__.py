"""The lab's compiler: estate to plan, pure."""
