import "../materials/laws_test.ts";
import "../materials/materials_test.ts";
import "../materials/visco_elastic_test.ts";
