//! The schema goes up, down and up again, from several processes at once, and every table has its walls.
