//! Cases of merges: two accounts, one afterwards.
