import "../deps/ndarray_test.ts";
