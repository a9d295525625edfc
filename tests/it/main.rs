//! The house through its real doors: one test binary.
