Point(1)={0,0,0,.4};Point(2)={1,0,0,.4};Point(3)={0,1,0,.4};Point(4)={-1,0,0,.4};Point(5)={5,5,0,1};
Circle(1)={2,1,3};Circle(2)={3,1,4};Line(3)={4,1};Line(4)={1,2};Curve Loop(1)={1,2,3,4};Plane Surface(1)={-1};
Mesh.SaveAll=1; Physical Surface("s",7)={1}; Physical Curve("arc",8)={-1,2};
