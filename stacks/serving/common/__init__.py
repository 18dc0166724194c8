"""What several ways of serving are told alike: ranges, schedules, scaling, rollouts, workloads."""
