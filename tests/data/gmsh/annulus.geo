SetFactory("OpenCASCADE");
Disk(1)={0,0,0,1.0}; Disk(2)={0,0,0,0.5};
BooleanDifference(3)={Surface{1};Delete;}{Surface{2};Delete;};
b()=Boundary{Surface{3};};
Physical Surface("domain",1)={3};
Physical Curve("outer",11)={b(0)};
Physical Curve("inner",12)={b(1)};
MeshSize{:}=0.25;
