"""纳入工作计划: what departments are asked to take into their work plans, and what they answer."""
