import "../swarm/advect_test.ts";
import "../swarm/balance_test.ts";
import "../swarm/boundary_test.ts";
import "../swarm/population_test.ts";
import "../swarm/rearrangement_test.ts";
import "../swarm/state_test.ts";
import "../swarm/swarm_variable_test.ts";
import "../swarm/wrong_calls_test.ts";
