import "../expression/expression_test.ts";
