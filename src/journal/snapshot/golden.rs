//! A snapshot of version 1.
