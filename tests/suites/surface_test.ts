import "../surface/free_surface_test.ts";
import "../surface/surface_state_test.ts";
