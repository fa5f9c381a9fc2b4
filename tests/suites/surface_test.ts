import "../surface/free_surface_test.ts";
