/** An execution has room for 25,000 events; a rollout goes on in another one after so many moves of its judge. */
export const MOST_MOVES_PER_RUN = 400;

/** Targets that one run of a lane passes; what is left of the lane comes with the next move. */
export const MOST_CHANGES_PER_LANE_RUN = 200;

/** Waves of one rollout: its plan names them all. */
export const MOST_WAVES = 500;

/** Lanes or clusters that one move hands to a Map. */
export const MOST_ITEMS = 1_000;

/** Moves that bring nothing about, in a row, after which a rollout is given up. */
export const MOST_STALLED_MOVES = 5;

/** The longest that the workflow sleeps before it looks again what it was asked for, in seconds. */
export const LONGEST_SLEEP_SECONDS = 600;

/** Clusters that are read at the same time. */
export const CLUSTERS_AT_ONCE = 10;
