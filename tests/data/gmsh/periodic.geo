SetFactory("OpenCASCADE"); Rectangle(1)={0,0,0,1,1}; Periodic Curve{2}={4} Translate{1,0,0}; Physical Surface("q",1)={1}; Physical Curve("w",5)={4};MeshSize{:}=0.3;
