"""What `conduct bench` measures: timings and costs, as ratios within one run."""
