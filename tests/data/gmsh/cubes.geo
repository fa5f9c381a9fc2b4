SetFactory("OpenCASCADE");
Box(1)={0,0,0,1,1,1}; Box(2)={1,0,0,1,1,1};
BooleanFragments{ Volume{1}; Delete; }{ Volume{2}; Delete; }
Physical Volume("left half",1)={1}; Physical Volume("right half",2)={2}; Physical Volume("all",3)={1,2};
f()=Surface In BoundingBox{0.99,-0.01,-0.01,1.01,1.01,1.01}; Physical Surface("interface",11)={f()};
b()=CombinedBoundary{Volume{1,2};}; Physical Surface("outside",12)={b()};
Physical Surface(13)={b(0)};
Physical Point("corner",21)={1};
MeshSize{:}=0.6;
