-- A trading company: the tables of Northwind, spaces in names and all.
CREATE TABLE "Categories" ("CategoryID" INTEGER NOT NULL PRIMARY KEY, "CategoryName" VARCHAR(15) NOT NULL UNIQUE, "Description" TEXT);
CREATE TABLE "Suppliers" ("SupplierID" INTEGER NOT NULL PRIMARY KEY, "CompanyName" VARCHAR(40) NOT NULL, "Country" VARCHAR(15));
CREATE INDEX "SuppliersCompany" ON "Suppliers" ("CompanyName", "Country");
CREATE TABLE "Customers" ("CustomerID" VARCHAR(5) NOT NULL PRIMARY KEY, "CompanyName" VARCHAR(40) NOT NULL, "City" VARCHAR(15));
CREATE TABLE "Region" ("RegionID" INTEGER NOT NULL PRIMARY KEY, "RegionDescription" VARCHAR(50) NOT NULL);
CREATE TABLE "Territories" ("TerritoryID" VARCHAR(20) NOT NULL PRIMARY KEY, "TerritoryDescription" VARCHAR(50) NOT NULL,
    "RegionID" INTEGER NOT NULL, FOREIGN KEY ("RegionID") REFERENCES "Region" ("RegionID"));
CREATE TABLE "Employees" ("EmployeeID" INTEGER NOT NULL PRIMARY KEY, "LastName" VARCHAR(20) NOT NULL, "BirthDate" DATE, "ReportsTo" INTEGER,
    FOREIGN KEY ("ReportsTo") REFERENCES "Employees" ("EmployeeID"), CHECK ("LastName" <> ''));
CREATE TABLE "EmployeeTerritories" ("EmployeeID" INTEGER NOT NULL, "TerritoryID" VARCHAR(20) NOT NULL, PRIMARY KEY ("EmployeeID", "TerritoryID"),
    FOREIGN KEY ("EmployeeID") REFERENCES "Employees" ("EmployeeID") ON DELETE CASCADE,
    FOREIGN KEY ("TerritoryID") REFERENCES "Territories" ("TerritoryID") ON DELETE CASCADE);
CREATE TABLE "Products" ("ProductID" INTEGER NOT NULL PRIMARY KEY, "ProductName" VARCHAR(40) NOT NULL, "SupplierID" INTEGER, "CategoryID" INTEGER,
    "UnitPrice" NUMERIC(10, 2) DEFAULT 0, "UnitsInStock" SMALLINT DEFAULT 0, "Discontinued" BOOLEAN NOT NULL,
    FOREIGN KEY ("SupplierID") REFERENCES "Suppliers" ("SupplierID"), FOREIGN KEY ("CategoryID") REFERENCES "Categories" ("CategoryID"),
    CONSTRAINT "CK_Products_UnitPrice" CHECK ("UnitPrice" >= 0));
CREATE TABLE "Orders" ("OrderID" INTEGER NOT NULL PRIMARY KEY, "CustomerID" VARCHAR(5), "EmployeeID" INTEGER, "OrderDate" TIMESTAMP, "Freight" NUMERIC(10, 2),
    FOREIGN KEY ("CustomerID") REFERENCES "Customers" ("CustomerID"), FOREIGN KEY ("EmployeeID") REFERENCES "Employees" ("EmployeeID"));
CREATE TABLE "Order Details" ("OrderID" INTEGER NOT NULL, "ProductID" INTEGER NOT NULL, "UnitPrice" NUMERIC(10, 2) NOT NULL, "Quantity" SMALLINT NOT NULL,
    "Discount" DOUBLE PRECISION NOT NULL, PRIMARY KEY ("OrderID", "ProductID"),
    FOREIGN KEY ("OrderID") REFERENCES "Orders" ("OrderID"), FOREIGN KEY ("ProductID") REFERENCES "Products" ("ProductID"));
