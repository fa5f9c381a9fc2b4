import "../ranks_test.ts";
