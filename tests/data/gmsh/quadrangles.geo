SetFactory("OpenCASCADE"); Rectangle(1)={0,0,0,1,1}; Recombine Surface{1}; Physical Surface("q",1)={1}; MeshSize{:}=0.5;
