"""The duty list 职责清单: who leads and who helps, by scenario or class, at three levels."""
