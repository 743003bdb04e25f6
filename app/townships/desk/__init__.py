"""The dispatch desk 调度台: how governance townships stand, and what each of them needs now."""
